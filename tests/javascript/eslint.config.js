// What holds for all JavaScript of this project, beside ESLint's own recommendation. Files and functions are held to
// the sizes of Python's. Run from the project's folder.
import js from "@eslint/js";
import globals from "globals";

const NAMES_THAT_SAY_NOTHING = ["one", "found", "known", "asked", "mine", "wanted", "told", "said"];

export default [
  {
    languageOptions: { sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      ...js.configs.recommended.rules,
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "func-style": ["error", "declaration", { allowArrowFunctions: true }],
      "id-denylist": ["error", ...NAMES_THAT_SAY_NOTHING],
      "max-depth": ["error", 3],
      "max-len": ["error", 120],
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", 50],
      "no-shadow": "error",
      "no-use-before-define": ["error", { functions: false, variables: false }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  { files: ["tests/javascript/**"], languageOptions: { globals: globals.node } },
];
