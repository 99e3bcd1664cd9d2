// A rough estimate of how long a password holds against guessing, for the meter only. The server decides what it accepts.

const COMMON = [
  "password",
  "passwort",
  "qwerty",
  "qwertz",
  "letmein",
  "welcome",
  "admin",
  "quarterdeck",
  "123456",
  "abc123",
  "iloveyou",
  "hallo",
];

export type Strength = 0 | 1 | 2 | 3 | 4;

/** Steps of at most one between neighbours (`abcd`, `4321`, `aaaa`) add next to nothing. */
function predictableSteps(text: string): number {
  let runs = 0;
  for (let at = 1; at < text.length; at += 1) {
    if (Math.abs(text.charCodeAt(at) - text.charCodeAt(at - 1)) <= 1) runs += 1;
  }
  return runs;
}

/** Estimated bits of a guesser's work. */
export function passwordBits(password: string, personal: readonly string[] = []): number {
  if (password === "") return 0;
  let rest = password.toLowerCase();
  let bits = 0;
  const words = [...COMMON, ...personal.flatMap((one) => one.toLowerCase().split(/[\s@.]+/))].filter(
    (word) => word.length >= 3,
  );
  for (const word of words) {
    if (rest.includes(word)) {
      rest = rest.replaceAll(word, "");
      bits += 6;
    }
  }
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^\w\s]/, /\s/, /[^\x20-\x7e]/];
  const sizes = [26, 26, 10, 32, 1, 64];
  const alphabet = kinds.reduce((sum, kind, at) => sum + (kind.test(password) ? (sizes[at] ?? 0) : 0), 0);
  const length = rest.length - predictableSteps(rest) * 0.8;
  const varied = new Set(rest).size / Math.max(1, rest.length);
  // Words are easier to guess than random letters, so letters count less than their alphabet would allow.
  return bits + Math.max(0, length) * Math.log2(Math.max(2, alphabet)) * 0.7 * Math.min(1, varied + 0.35);
}

export function passwordStrength(password: string, personal: readonly string[] = []): Strength {
  const bits = passwordBits(password, personal);
  if (bits < 20) return 0;
  if (bits < 36) return 1;
  if (bits < 52) return 2;
  return bits < 68 ? 3 : 4;
}
