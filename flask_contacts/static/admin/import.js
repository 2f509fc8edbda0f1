/* Goes on with an import, one request after the other; without it a button does. */
(function () {
  "use strict";
  var form = document.querySelector("[data-contacts-import]");
  if (!form) { return; }
  var page = form.closest(".contacts-import-progress"), bar = page.querySelector("progress");
  var failures = 0;

  // As the server writes numbers: 12,345 or 12.345.
  function words(number) {
    return number.toLocaleString((document.documentElement.lang || "en").replace("_", "-"));
  }

  function show(answer) {
    failures = 0;
    bar.value = answer.position;
    bar.textContent = answer.percent + " %";
    page.querySelector("[data-position]").textContent = words(answer.position);
    Object.keys(answer.counts).forEach(function (name) {
      page.querySelector('[data-count="' + name + '"]').textContent = words(answer.counts[name]);
    });
    if (answer.working) { step(); } else { window.location.reload(); }
  }

  function stop() {
    failures += 1;
    if (failures < 4) { window.setTimeout(step, 1500 * failures); return; }
    form.hidden = false;
    page.querySelector("[data-stopped]").hidden = false;
  }

  function step() {
    window.fetch(form.action, {
      method: "POST", body: new window.FormData(form), credentials: "same-origin",
      headers: { Accept: "application/json" }
    }).then(function (answer) {
      if (!answer.ok || answer.redirected) { throw new Error(String(answer.status)); }
      return answer.json();
    }).then(show).catch(stop);
  }

  form.hidden = true;
  step();
})();
