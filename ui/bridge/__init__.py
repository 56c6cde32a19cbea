"""The only asyncio room in `ui`: operations, events to signals, consent brokers."""
