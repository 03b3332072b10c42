// A video file in a player of its own, or in words why it cannot be played.

import { h } from "../shared/dom.js";

const CANNOT = "This browser cannot play this video. Save it as MP4 (H.264) or WebM, and drop that here.";
const FAR = 1e7; // seconds; further than any video goes

/** A player without sound and without controls of its own. @returns {HTMLVideoElement} */
export function player() {
  const video = h("video", { playsinline: true, preload: "auto" });
  video.muted = true; // as an attribute it says nothing of a video that a script makes
  return video;
}

/**
 * A player that stands at the first frame of a file.
 * @param {string} url
 * @returns {Promise<HTMLVideoElement>} fails with a sentence for a person
 */
export async function openVideo(url) {
  const video = player();
  video.src = url;
  await happens(video, "loadeddata");
  if (!video.videoWidth) throw new Error(CANNOT); // its sound can be played, its pictures cannot
  if (video.duration === Infinity) await findItsLength(video);
  return video;
}

/** What a browser recorded does not say how long it is; the player finds out when it is sent to the end. */
async function findItsLength(video) {
  video.currentTime = FAR;
  await happens(video, "seeked");
  video.currentTime = 0;
  await happens(video, "seeked");
}

/** @param {HTMLVideoElement} video @param {string} type */
function happens(video, type) {
  return new Promise((resolve, reject) => {
    video.addEventListener(type, () => resolve(undefined), { once: true });
    video.addEventListener("error", () => reject(new Error(CANNOT)), { once: true });
  });
}
