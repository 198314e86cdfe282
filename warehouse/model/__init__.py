"""Values that cross room borders: notices, members, match results, codes, money and days."""
