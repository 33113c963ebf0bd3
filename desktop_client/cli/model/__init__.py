"""Commands about trained models: fetch, test on this machine, ask the servers, export, forget."""
