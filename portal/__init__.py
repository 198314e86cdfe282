"""A small web application for members and the operator. It reads the published copy and stores only members'
choices."""
