"""Pictures of goods to pass on: photo, name, price and short link, for chats and stories."""
