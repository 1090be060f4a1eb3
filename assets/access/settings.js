// The settings: who may do what.

import { account, isAdmin } from "../dashboard/account.js";
import { audit } from "./audit.js";
import { first } from "./first.js";
import { kept } from "./kept.js";
import { keys } from "./keys.js";
import { logins } from "./logins.js";
import { masking } from "./masking.js";
import { own } from "./own.js";
import { say } from "./say.js";
import { users } from "./users.js";
import { Views } from "./views.js";

const VIEWS = { users, keys, logins, kept, masking, audit, account: own, first };

/** Those that are for whoever looks, the usual one first. */
function offered() {
  if (account().open) return ["first", "kept", "masking"];
  return isAdmin() ? ["users", "keys", "logins", "kept", "masking", "audit", "account"] : ["account"];
}

const page = new Views({
  views: VIEWS,
  offered,
  named: (view) => say().views[/** @type {keyof typeof VIEWS} */ (view)],
  title: () => say().settings,
  skip: () => say().skip,
});
await page.begin();
