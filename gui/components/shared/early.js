// Runs beside the start of the page framework (an async script in the head): fetches the scripts of the Images page
// meanwhile, which ask for the first images by themselves. Where that fails, the page loads them again and tells.
if (location.pathname === "/images") import(`${location.origin}/ui-assets/image_grid/main.js`).catch(() => {});
