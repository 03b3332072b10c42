// The camera of this machine, and in words why there is none.

const NOT_HERE =
  "Browsers give the camera only to pages on this machine or over https. Choose a picture instead: on a phone, that offers the camera as well.";
const SENTENCES = {
  NotAllowedError: "The camera was not allowed. Allow it in the browser's address bar, then try again.",
  NotFoundError: "No camera was found. Connect one, then try again.",
  OverconstrainedError: "No camera was found. Connect one, then try again.",
  NotReadableError: "The camera is in use by another program. Close that, then try again.",
};

/** Why `getUserMedia` failed, for a person. @param {Error} error */
export const cameraSentence = (error) => SENTENCES[error.name] ?? `The camera cannot be used (${error.message}). Choose a picture instead.`;

/**
 * Ask for a camera: the named one, else one that looks away from the person.
 * @param {string | null} deviceId
 * @returns {Promise<MediaStream>} whoever gets it stops its tracks
 */
export async function openCamera(deviceId = null) {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new Error(NOT_HERE);
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } } });
  } catch (error) {
    throw new Error(cameraSentence(error));
  }
}

/** The camera after the one that a stream comes from, or null where there is no other. @param {MediaStream} stream */
export async function nextCamera(stream) {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  if (cameras.length < 2) return null;
  const now = stream.getVideoTracks()[0]?.getSettings().deviceId;
  const at = cameras.findIndex(({ deviceId }) => deviceId === now);
  return cameras[(at + 1) % cameras.length].deviceId;
}

/** @param {MediaStream | null} stream */
export function stopCamera(stream) {
  stream?.getTracks().forEach((track) => track.stop());
}
