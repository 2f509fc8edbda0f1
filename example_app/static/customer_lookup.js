// Suggestions for the customer field: asks the server while one types.
(function () {
  "use strict";
  document.querySelectorAll("[data-customer-lookup]").forEach(function (input) {
    var timer = null;
    var asked = "";
    input.addEventListener("input", function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(function () {
        asked = input.value;
        fetch(input.dataset.customerLookup + "?q=" + encodeURIComponent(asked))
          .then(function (answer) { return answer.ok ? answer.json() : []; })
          .then(function (names) {
            if (asked !== input.value) { return; }
            input.list.replaceChildren.apply(input.list, names.map(function (name) {
              var option = document.createElement("option");
              option.value = name;
              return option;
            }));
          })
          .catch(function () { /* offline: the names that are there stay */ });
      }, 150);
    });
  });
})();
