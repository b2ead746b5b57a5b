"""Examples that trainings draw: pairs, canvases, photos; read from tables, put into batches."""
