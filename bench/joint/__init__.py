"""Groups against real joint awards."""
