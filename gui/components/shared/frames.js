// The browser's frames.

/** Once the frame that is due has been painted. @returns {Promise<void>} */
export const afterPaint = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
