// Looks for new mail every two seconds while the page is in front.
(function () {
  "use strict";
  var watch = document.getElementById("watch");
  var shown = Number(watch.dataset.number);
  window.setInterval(function () {
    if (document.hidden) { return; }
    fetch(watch.dataset.newest)
      .then(function (answer) { return answer.json(); })
      .then(function (newest) {
        if (newest.number !== shown) { window.location.reload(); }
      })
      .catch(function () { watch.textContent = watch.dataset.silent; });
  }, 2000);
})();
