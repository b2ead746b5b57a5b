"""Files of annotation tools -> regions of categories in photos: polygons, brushed masks, run lengths."""
