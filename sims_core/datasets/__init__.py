"""Dataset adapters: each turns a raw dataset into scenes; nothing after `prepare` knows the dataset."""
