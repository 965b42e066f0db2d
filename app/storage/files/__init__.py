"""The files of a store: workbooks by content hash, refused files with their reasons, and the folder that holds them."""
