/* Who a new contact may be already is looked up while one types. Without it the same is said
   when the form is shown again, and after saving. */
(function () {
  "use strict";
  var NAMES = ["firstname", "lastname", "email", "email2", "phone", "mobile_phone", "mobile_phone2", "company"];

  function watch(place) {
    var form = place.closest("form") || document.querySelector(".contacts-form"), waiting = null, asked = typed();
    function typed() {
      var address = new URL(place.getAttribute("data-contacts-similar"), window.location.href);
      NAMES.forEach(function (name) {
        var field = form.elements[name], text = field && field.value ? field.value.trim() : "";
        if (text) { address.searchParams.set(name, text); }
      });
      return address.href;
    }
    function ask() {
      var address = typed();
      if (address === asked) { return; }
      asked = address;
      window.fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } })
        .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : null; })
        .then(function (words) {
          var page = words === null || address !== asked ? null : new DOMParser().parseFromString(words, "text/html");
          if (page) { place.replaceChildren.apply(place, Array.from(page.body.children)); }
        })
        .catch(function () { asked = ""; });  // it is asked again after the next key
    }
    form.addEventListener("input", function (event) {
      if (NAMES.indexOf(event.target.name) < 0) { return; }
      window.clearTimeout(waiting);
      waiting = window.setTimeout(ask, 400);
    });
  }

  document.querySelectorAll("[data-contacts-similar]").forEach(watch);
})();
