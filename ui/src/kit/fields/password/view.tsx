/** A secret never comes to the browser; only that there is one. */
export function PasswordView() {
  return <span>•••</span>;
}
