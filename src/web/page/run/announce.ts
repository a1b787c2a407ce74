import { byId, setText } from "../dom.ts";

/** Says something to screen readers without moving the focus. */
export function announce(text: string): void {
  setText(byId("announcements"), text);
}
