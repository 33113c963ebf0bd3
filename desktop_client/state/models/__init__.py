"""What the pages of models show and do: the list, one model, its tests, questions to the servers, exports and cards."""
