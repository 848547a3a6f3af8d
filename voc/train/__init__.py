"""Programs that make the shipped models: encoder export, lens heads, evaluation."""
