"""All institutions of a round drawn at once: heat map, tile map of Japan, funnel, movers."""
