/**
 * Sessions whose feature tnatsd does not have yet, with the reason. They are replayed all the same and
 * must still differ: a session that begins to pass has to leave this list.
 */
export const pending: Record<string, string> = {
  'INFO with cluster': 'clustering is not active: INFO has no cluster name',
  'INFO with clusterAdvertise': 'clustering is not active: INFO has no cluster name',
  'INFO with clusterNoAdvertise': 'clustering is not active: INFO has no cluster name',
  'client protocol on the cluster port': 'clustering is not active: no cluster port',
  'lame duck in a cluster': 'clustering is not active: INFO has no cluster name',
};

/** The same for monitoring documents: `<scenario> <request>`. */
export const pendingDocuments: Record<string, string> = {
  'cluster GET /varz': 'clustering is not active: the cluster port is the configured one',
};
