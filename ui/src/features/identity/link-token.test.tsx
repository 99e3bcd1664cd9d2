import { render, screen } from "@testing-library/react";
import { StrictMode, Suspense, use } from "react";
import { afterEach, expect, it } from "vitest";
import { useLinkToken } from "./link-token";

afterEach(() => window.history.replaceState(null, "", "/"));

function Page({ waits }: { waits?: Promise<void> }) {
  const token = useLinkToken();
  if (waits) use(waits);
  return <p>token {token}</p>;
}

it("takes the secret out of the address and leaves the rest", () => {
  window.history.replaceState(null, "", "/auth/invite?a=b&token=secret");
  render(<Page />);
  expect(screen.getByText("token secret")).toBeDefined();
  expect(window.location.search).toBe("?a=b");
});

it("keeps it for a page that waits for something and is begun again", async () => {
  window.history.replaceState(null, "", "/auth/invite?token=secret");
  const waits = new Promise<void>((done) => setTimeout(done, 20));
  render(
    <StrictMode>
      <Suspense fallback="wait">
        <Page waits={waits} />
      </Suspense>
    </StrictMode>,
  );
  expect(window.location.search).toBe("");
  expect(await screen.findByText("token secret")).toBeDefined();
});

it("knows nothing any more on the next page of the same address", () => {
  window.history.replaceState(null, "", "/auth/invite?token=secret");
  render(<Page />).unmount();
  render(<Page />);
  expect(screen.getByText("token")).toBeDefined();
});
