import { h } from "./dom.ts";

/** Lets the browser save a text or bytes under this name. */
export function saveFile(name: string, mediaType: string, content: string | Uint8Array): void {
  const blob = new Blob([typeof content === "string" ? content : (content as Uint8Array<ArrayBuffer>)], { type: mediaType });
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  // The download has begun once the click was handled; the address is given back a little later.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A button that saves what `content` gives when it is pressed. */
export function saveButton(label: string, name: string, mediaType: string, content: () => string | Uint8Array): HTMLButtonElement {
  const button = h("button", { type: "button", class: "secondary save", "data-file": name }, label);
  button.addEventListener("click", () => saveFile(name, mediaType, content()));
  return button;
}
