// The same fault on many pages is one fault: kept once, with the places where it was seen.
export class Faults {
  private readonly places = new Map<string, string[]>();

  add(where: string, what: string): void {
    // Generated ids differ from page to page.
    const fault = what.replace(/#mantine-[\w-]+/g, "#…");
    this.places.set(fault, [...(this.places.get(fault) ?? []), where]);
  }

  list(): string[] {
    return [...this.places].map(([fault, places]) => {
      const more = places.length > 2 ? ` and ${places.length - 2} more` : "";
      return `${fault} — at ${places.slice(0, 2).join(", ")}${more}`;
    });
  }
}
