import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  ...ts.configs.strict,
  hooks.configs.flat.recommended,
  {
    rules: {
      "max-lines": ["error", 400],
      "no-restricted-properties": [
        "error",
        { object: "window", property: "confirm", message: "Use a Modal: it speaks the user's language." },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // Components looked up in a constant table (icons, special inputs) are static; the rule cannot see it.
      "react-hooks/static-components": "off",
    },
  },
);
