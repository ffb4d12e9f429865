"""What people write in label tables -> the ids of this project."""
