/**
 * The nonce that the gateway puts in the page, for the style elements that libraries make at run time: Mantine takes
 * it as a property, react-remove-scroll reads a global that bundlers set.
 */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = nonce;
