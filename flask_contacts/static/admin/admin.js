/* Small helps; every page works without them. */
(function ($) {
  "use strict";
  if (window.contactsAdmin) { return; }  // the tab brings this script too
  window.contactsAdmin = true;

  // The tab that the address names: FAB opens the last one used instead.
  function openNamedTab() {
    var name = window.location.hash.slice(1);
    if (!/^\w+$/.test(name)) { return; }
    var tab = $('a[data-toggle="tab"][href="#' + name + '"]');
    if (tab.length) {
      tab.tab("show");
      tab[0].scrollIntoView({ block: "nearest", inline: "center" });
      window.scrollTo(0, 0);
    }
  }

  // Ticking a permission proposes its topics, visibly; unticking changes none.
  function proposeTopics(event) {
    var proposed = false;
    if (!event.target.checked) { return; }
    event.target.getAttribute("data-proposes").split(" ").forEach(function (topic) {
      var box = document.getElementById("topics-" + topic);
      if (box && !box.checked) {
        box.checked = true;
        box.parentNode.classList.add("contacts-proposed");
        proposed = true;
      }
    });
    if (proposed) { $("[data-proposed-note]").prop("hidden", false); }
  }

  // A merge field goes where the cursor is, in the field that was used last.
  var lastField = null;
  function insertField(event) {
    var field = lastField || document.getElementById("body");
    var text = event.currentTarget.getAttribute("data-insert");
    if (!field) { return; }
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.focus();
  }

  // One menu of a row at a time; Escape and a click elsewhere close it.
  function closeMenus(except) {
    $(".contacts-menu[open]").each(function () {
      if (this !== except) { this.removeAttribute("open"); }
    });
  }
  function closeOnEscape(event) {
    var open = $(".contacts-menu[open] > summary");
    if (event.key !== "Escape" || !open.length) { return; }
    closeMenus(null);
    open[0].focus();
  }

  $(function () {
    $(document).on("click", function (event) { closeMenus($(event.target).closest(".contacts-menu")[0]); });
    $(document).on("keydown", closeOnEscape);
    openNamedTab();
    $(window).on("hashchange", openNamedTab);
    $("[data-proposes]").on("change", proposeTopics);
    $("#topics input").on("change", function () { this.parentNode.classList.remove("contacts-proposed"); });
    $("#subject, #body").on("focus", function () { lastField = this; });
    $("[data-insert]").on("click", insertField);
    $(".contacts-summary").attr("tabindex", -1).trigger("focus");
  });
})(window.jQuery);
