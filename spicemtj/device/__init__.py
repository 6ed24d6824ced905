"""The MTJ: equations, presets, switching law, access transistor."""
