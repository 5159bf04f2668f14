"""Stock: movements of goods, and what of a product is on hand, reserved and available."""
