// One's own account as the API tells it, behind either door.

export interface Factor {
  id: string;
  kind: "totp" | "passkey";
  label: string;
  created_at: string;
  last_used_at: string | null;
}

export interface Factors {
  factors: Factor[];
  recovery_codes_left: number;
  /** The rules ask for at least one. */
  required: boolean;
  /** Whether browsers can use passkeys at this address. */
  passkeys: boolean;
}

export interface OwnSession {
  id: string;
  current: boolean;
  device: string | null;
  address: string | null;
  factors: string[];
  created_at: string;
  last_seen_at: string;
}
