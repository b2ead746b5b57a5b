"""A stranger's folder to the parameters and the class table with which the pipeline reads it."""
