// API keys of an app user's own, each within one of their organizations.

export interface OwnKey {
  id: string;
  name: string;
  /** How the key begins. */
  prefix: string;
  organization_id: string;
  organization: string;
  scopes: string[];
  networks: string[];
  per_minute: number | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  last_used_address: string | null;
  /** It has a successor, and works on until it ends. */
  replaced: boolean;
}

export interface OwnAccess {
  at: string;
  method: string;
  route: string;
  status: number;
  address: string | null;
}
