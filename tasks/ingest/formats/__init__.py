"""Bytes of a file as rows: one file format each. What the rows mean is a source's business."""
