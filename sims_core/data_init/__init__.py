"""A stranger's folder -> the parameters and the class table with which the pipeline reads it."""
