"""REST ⇄ gRPC, compiled from the contracts' descriptors: routes, requests in, answers out."""
