// On paper nothing can be unfolded, so all of it is.
window.addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not([open])")) {
    folded.open = true;
    folded.dataset.folded = "";
  }
});
window.addEventListener("afterprint", () => {
  for (const folded of document.querySelectorAll("details[data-folded]")) folded.open = false;
});
// Each still picture is replaced by its live plot; without scripts the picture stays.
(async () => {
  const draw = async (place) => {
    const spec = JSON.parse(document.getElementById("plot-" + place.dataset.plot).textContent);
    const live = document.createElement("div");
    live.className = "live";
    place.after(live);
    const narrow = window.matchMedia("(max-width: 600px)").matches;
    if (narrow) spec.config.axisY = { ...spec.config.axisY, labelLimit: 120 };
    place.hidden = true;
    try {
      await vegaEmbed(live, spec, { actions: false, renderer: "svg", tooltip: { theme: "kilnmix" } });
    } catch (fault) {
      place.hidden = false;
      live.remove();
      console.error(fault);
    }
  };
  for (const place of document.querySelectorAll("[data-plot]")) {
    // What is folded has no width; it is drawn when it is unfolded for the first time.
    const folded = place.closest("details:not([open])");
    if (folded) folded.addEventListener("toggle", () => draw(place), { once: true });
    else await draw(place);
  }
  const page = document.documentElement;
  page.dataset.plots = "drawn";
  page.dataset.wide = Math.max(0, page.scrollWidth - page.clientWidth);
})();
