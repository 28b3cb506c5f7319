// @ts-check
/** Behaviours of every console page. Each module enhances HTML that is complete without it. */
import "./requests.js";
import "./dialogs.js";
import "./notices.js";
import "./forms.js";
import "./selection.js";
import "./copying.js";
import "./span-annotator.js";
import "./recall.js";
import "./mirror.js";
import "./flow-editor.js";
import "./flow-map.js";
