"""Who follows the office from afar."""
