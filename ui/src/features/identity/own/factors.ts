// One's own account as the API tells it, behind either door.

export interface OwnAccount {
  id: string;
  email: string;
  email_verified_at: string | null;
  name: string | null;
  /** Without one, passkeys are the way in. */
  has_password: boolean;
  password_set_at: string | null;
  created_at: string;
  last_sign_in_at: string | null;
}

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
  /** In words: "Firefox on Linux". */
  device: string | null;
  /** What the browser said of itself. */
  user_agent: string | null;
  address: string | null;
  factors: string[];
  created_at: string;
  last_seen_at: string;
  expires_at: string;
}
