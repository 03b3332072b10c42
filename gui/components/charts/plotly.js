// Loads plotly (5 MB) from our own server, once, where the first chart is shown.

import { h } from "../shared/dom.js";

let loading = null;

/** @param {string} url as the server names it with the charts. @returns {Promise<object>} */
export function plotly(url) {
  loading ??= load(url);
  return loading;
}

function load(url) {
  return new Promise((resolve, reject) => {
    const failed = () => {
      loading = null; // so that it can be tried again
      reject(new Error("The charts did not load. Reload the page to try again."));
    };
    document.head.append(h("script", { src: url, onload: () => resolve(window.Plotly), onerror: failed }));
  });
}
