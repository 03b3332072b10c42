// The name of this page among all that are open, for as long as it is open; the server tells pages apart by it.

const bytes = crypto.getRandomValues(new Uint8Array(12));

export const PAGE = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
