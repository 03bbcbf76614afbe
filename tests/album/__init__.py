"""Every page photographed and measured, for everybody who may open it."""
