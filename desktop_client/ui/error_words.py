"""What each error says to a person, by its code: what happened, what it means for the data, what to do."""

from __future__ import annotations

from typing import Final, NamedTuple

from desktop_client.ui.marking import QT_TRANSLATE_NOOP


class Words(NamedTuple):
    """Source texts of the translation context ``Errors``."""

    heading: str
    meaning: str
    advice: str


WORDS: Final = {
    "account-disabled": Words(
        QT_TRANSLATE_NOOP("Errors", "Your account is disabled"),
        QT_TRANSLATE_NOOP("Errors", "Nothing of yours was changed or deleted."),
        QT_TRANSLATE_NOOP("Errors", "Ask an administrator of the deployment why, and to enable it again."),
    ),
    "backup-damaged": Words(
        QT_TRANSLATE_NOOP("Errors", "This backup is damaged"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was restored."),
        QT_TRANSLATE_NOOP("Errors", "Copy the file again from where it is kept, or use an older backup."),
    ),
    "backup-locked": Words(
        QT_TRANSLATE_NOOP("Errors", "The password does not open this backup"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was restored."),
        QT_TRANSLATE_NOOP("Errors", "Use the password that was chosen when the backup was made; nobody can reset it."),
    ),
    "bad-bundle": Words(
        QT_TRANSLATE_NOOP("Errors", "A share file is damaged"),
        QT_TRANSLATE_NOOP("Errors", "It was not used; the images on this machine are untouched."),
        QT_TRANSLATE_NOOP("Errors", "Split the images again; the file was damaged or made by another version."),
    ),
    "bad-frame": Words(
        QT_TRANSLATE_NOOP("Errors", "A node sent something that cannot be read"),
        QT_TRANSLATE_NOOP("Errors", "The connection was closed and nothing of the answer was used."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Try again. If it happens again, tell the operators to compare the versions of the nodes.",
        ),
    ),
    "bad-image": Words(
        QT_TRANSLATE_NOOP("Errors", "This file cannot be used as an image"),
        QT_TRANSLATE_NOOP("Errors", "It was left out; the other files go on."),
        QT_TRANSLATE_NOOP("Errors", "Open the file in an image program and save it again, or leave it out."),
    ),
    "bad-input": Words(
        QT_TRANSLATE_NOOP("Errors", "This cannot be accepted as it is"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Correct what is named and try again."),
    ),
    "bad-manifest": Words(
        QT_TRANSLATE_NOOP("Errors", "The description of the data set is damaged"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was sent."),
        QT_TRANSLATE_NOOP("Errors", "Split the images again; it was damaged or made by another version."),
    ),
    "bad-seal": Words(
        QT_TRANSLATE_NOOP("Errors", "A sealed message cannot be opened with your key"),
        QT_TRANSLATE_NOOP("Errors", "It was not used."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Check that it was meant for you and this device; if so it was damaged and must be fetched again.",
        ),
    ),
    "bad-signature": Words(
        QT_TRANSLATE_NOOP("Errors", "A signature does not fit its document"),
        QT_TRANSLATE_NOOP("Errors", "The document was not used."),
        QT_TRANSLATE_NOOP("Errors", "Do not rely on it. Fetch it again from its author."),
    ),
    "blobs-gone": Words(
        QT_TRANSLATE_NOOP("Errors", "The store of a server does not answer"),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Nothing is lost: what was stored stays stored, and uploads and jobs go on once it answers.",
        ),
        QT_TRANSLATE_NOOP("Errors", "Try again in a minute. If it stays away, tell the operator."),
    ),
    "cancelled": Words(
        QT_TRANSLATE_NOOP("Errors", "This was stopped"),
        QT_TRANSLATE_NOOP("Errors", "What was complete is kept."),
        QT_TRANSLATE_NOOP("Errors", "Start it again when you are ready."),
    ),
    "config": Words(
        QT_TRANSLATE_NOOP("Errors", "A settings file cannot be used"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Correct the named line of the file; the guide lists every setting."),
    ),
    "conflict": Words(
        QT_TRANSLATE_NOOP("Errors", "This cannot be done in the present state"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Look at the present state, then decide again."),
    ),
    "consent-missing": Words(
        QT_TRANSLATE_NOOP("Errors", "A data owner has not consented"),
        QT_TRANSLATE_NOOP("Errors", "Nothing is computed before every owner has consented."),
        QT_TRANSLATE_NOOP("Errors", "Ask the named owners to look at their approvals."),
    ),
    "correlation-reused": Words(
        QT_TRANSLATE_NOOP("Errors", "The job was stopped to protect the data"),
        QT_TRANSLATE_NOOP(
            "Errors",
            "A random value would have been used twice, which could reveal secrets; it was not.",
        ),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Start the job again; fresh randomness is prepared. Report this with the log of the job.",
        ),
    ),
    "database-gone": Words(
        QT_TRANSLATE_NOOP("Errors", "The database of a node does not answer"),
        QT_TRANSLATE_NOOP("Errors", "Nothing is lost."),
        QT_TRANSLATE_NOOP("Errors", "Try again in a minute. If it stays away, tell the operator."),
    ),
    "device-unknown": Words(
        QT_TRANSLATE_NOOP("Errors", "No node knows this device"),
        QT_TRANSLATE_NOOP("Errors", "Your images and keys are untouched."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "On a new device, bring your keys over from the old "
            "one. With lost keys, ask an administrator for a new invitation.",
        ),
    ),
    "disk-full": Words(
        QT_TRANSLATE_NOOP("Errors", "There is no room left on a disk"),
        QT_TRANSLATE_NOOP("Errors", "What was complete before is still valid."),
        QT_TRANSLATE_NOOP("Errors", "Free some space and try again."),
    ),
    "estimate-failed": Words(
        QT_TRANSLATE_NOOP("Errors", "A server could not work out what this would cost"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was started, and nothing was kept of the question."),
        QT_TRANSLATE_NOOP("Errors", "Try again later, or go on without an estimate."),
    ),
    "forbidden": Words(
        QT_TRANSLATE_NOOP("Errors", "Your account may not do that"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Ask the owner of the data set or project for access."),
    ),
    "helper-gone": Words(
        QT_TRANSLATE_NOOP("Errors", "The helper of this project cannot be reached"),
        QT_TRANSLATE_NOOP("Errors", "Nothing is lost; the job waits and goes on by itself."),
        QT_TRANSLATE_NOOP("Errors", "Ask whoever runs the helper to start it."),
    ),
    "internal-error": Words(
        QT_TRANSLATE_NOOP("Errors", "Something unforeseen happened"),
        QT_TRANSLATE_NOOP("Errors", "What was complete is kept."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Try again. If it happens again, report it with the details below; they hold no secret.",
        ),
    ),
    "job-failed": Words(
        QT_TRANSLATE_NOOP("Errors", "The job stopped with an error"),
        QT_TRANSLATE_NOOP("Errors", "Images and checkpoints are kept at the servers for some time."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Read the log of the job, mend the cause, and press Retry: it goes on where it was.",
        ),
    ),
    "job-paused": Words(
        QT_TRANSLATE_NOOP("Errors", "The job is paused"),
        QT_TRANSLATE_NOOP("Errors", "Its checkpoint is kept."),
        QT_TRANSLATE_NOOP("Errors", "Resume it when you are ready."),
    ),
    "keys-differ": Words(
        QT_TRANSLATE_NOOP("Errors", "The nodes show different keys for one account"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was signed or changed."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Do not go on, and approve nothing. Tell all operators: one node shows keys that are not this person's.",
        ),
    ),
    "keys-locked": Words(
        QT_TRANSLATE_NOOP("Errors", "Your keys are locked"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was signed."),
        QT_TRANSLATE_NOOP("Errors", "Enter your password; the keys are opened on this machine only."),
    ),
    "keys-replaced": Words(
        QT_TRANSLATE_NOOP("Errors", "Your account has other keys now"),
        QT_TRANSLATE_NOOP("Errors", "The keys on this device are kept."),
        QT_TRANSLATE_NOOP("Errors", "Export the keys on the device that has the new ones, and import them here."),
    ),
    "last-administrator": Words(
        QT_TRANSLATE_NOOP("Errors", "This is the last active administrator"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Make somebody else an administrator first."),
    ),
    "library-missing": Words(
        QT_TRANSLATE_NOOP("Errors", "A library that this needs is not installed"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was written."),
        QT_TRANSLATE_NOOP("Errors", "Choose another format, or have the named library installed."),
    ),
    "log-fork": Words(
        QT_TRANSLATE_NOOP("Errors", "The log shows different histories to different people"),
        QT_TRANSLATE_NOOP("Errors", "Images and models are not affected, but the record cannot be trusted any more."),
        QT_TRANSLATE_NOOP("Errors", "Keep the export of the log and tell every member."),
    ),
    "log-tampered": Words(
        QT_TRANSLATE_NOOP("Errors", "The audit log was changed"),
        QT_TRANSLATE_NOOP("Errors", "Images and models are not affected, but the record is not what was signed."),
        QT_TRANSLATE_NOOP("Errors", "Keep a copy of the log as it is, and tell every member."),
    ),
    "method-not-allowed": Words(
        QT_TRANSLATE_NOOP("Errors", "A node does not know this request"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "The node may be of another version; compare the versions in the settings."),
    ),
    "migration-failed": Words(
        QT_TRANSLATE_NOOP("Errors", "A database could not be brought up to date"),
        QT_TRANSLATE_NOOP("Errors", "It was left as it was."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "The operator should read the log of the node and restore the backup that was made before.",
        ),
    ),
    "node-behind": Words(
        QT_TRANSLATE_NOOP("Errors", "A node lacks what the others know about an account"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Ask an administrator to repair the account on the page Users."),
    ),
    "node-start-failed": Words(
        QT_TRANSLATE_NOOP("Errors", "A node did not start"),
        QT_TRANSLATE_NOOP("Errors", "What it stored is untouched."),
        QT_TRANSLATE_NOOP("Errors", "Read the last lines of the named log file, mend the cause and start it again."),
    ),
    "node-unreachable": Words(
        QT_TRANSLATE_NOOP("Errors", "A node does not answer"),
        QT_TRANSLATE_NOOP("Errors", "Nothing is lost; what was sent completely is stored, the rest is sent again."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Check your network. If it works, the operator of the node should look whether it runs.",
        ),
    ),
    "not-approved": Words(
        QT_TRANSLATE_NOOP("Errors", "Your account waits to be approved"),
        QT_TRANSLATE_NOOP("Errors", "Your request has reached the nodes."),
        QT_TRANSLATE_NOOP("Errors", "Read your fingerprint to an administrator; once they have approved it, log in."),
    ),
    "not-found": Words(
        QT_TRANSLATE_NOOP("Errors", "This does not exist, or you may not see it"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "It may have been deleted meanwhile; refresh the page."),
    ),
    "not-logged-in": Words(
        QT_TRANSLATE_NOOP("Errors", "You are not logged in"),
        QT_TRANSLATE_NOOP("Errors", "Nothing is lost."),
        QT_TRANSLATE_NOOP("Errors", "Log in again."),
    ),
    "not-ready": Words(
        QT_TRANSLATE_NOOP("Errors", "A node cannot work now"),
        QT_TRANSLATE_NOOP("Errors", "Nothing is lost."),
        QT_TRANSLATE_NOOP("Errors", "Its operator sees which part is out of order; try again later."),
    ),
    "not-registered": Words(
        QT_TRANSLATE_NOOP("Errors", "Nobody is registered on this device yet"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Open the kit that you were given, and register."),
    ),
    "outside-hours": Words(
        QT_TRANSLATE_NOOP("Errors", "Jobs may not run at this hour"),
        QT_TRANSLATE_NOOP("Errors", "Nothing is lost; the job goes on by itself when the hours of the operator begin."),
        QT_TRANSLATE_NOOP("Errors", "There is nothing to do."),
    ),
    "peer-gone": Words(
        QT_TRANSLATE_NOOP("Errors", "The other server went away"),
        QT_TRANSLATE_NOOP("Errors", "The job goes on from its last checkpoint when both servers are there again."),
        QT_TRANSLATE_NOOP("Errors", "There is nothing to do. If it lasts, tell the operators."),
    ),
    "peer-mismatch": Words(
        QT_TRANSLATE_NOOP("Errors", "The two servers do not agree"),
        QT_TRANSLATE_NOOP("Errors", "The job was stopped before any value was opened."),
        QT_TRANSLATE_NOOP("Errors", "Tell both operators to compare versions and settings."),
    ),
    "policy-refused": Words(
        QT_TRANSLATE_NOOP("Errors", "The operator of a server does not allow this"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Stay within the named limit, or ask the operator."),
    ),
    "range-exceeded": Words(
        QT_TRANSLATE_NOOP("Errors", "Training left the range of numbers that it can hold"),
        QT_TRANSLATE_NOOP("Errors", "The model of this epoch was discarded; earlier checkpoints are kept."),
        QT_TRANSLATE_NOOP("Errors", "Start again with a lower learning rate."),
    ),
    "rate-limited": Words(
        QT_TRANSLATE_NOOP("Errors", "Too many requests"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Wait a minute, then try again."),
    ),
    "share-tampered": Words(
        QT_TRANSLATE_NOOP("Errors", "A share is not the one that was signed for"),
        QT_TRANSLATE_NOOP("Errors", "The server did not use it."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Send it again from the original bundle; if it happens again, tell both operators.",
        ),
    ),
    "spec-refused": Words(
        QT_TRANSLATE_NOOP("Errors", "The project cannot be run safely like this"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was created."),
        QT_TRANSLATE_NOOP("Errors", "Change the named value."),
    ),
    "store-damaged": Words(
        QT_TRANSLATE_NOOP("Errors", "A stored file is not what was written"),
        QT_TRANSLATE_NOOP("Errors", "It was not used."),
        QT_TRANSLATE_NOOP("Errors", "Restore it from a backup, or make it again."),
    ),
    "token-expired": Words(
        QT_TRANSLATE_NOOP("Errors", "Your login has expired"),
        QT_TRANSLATE_NOOP("Errors", "Nothing is lost."),
        QT_TRANSLATE_NOOP("Errors", "Log in again."),
    ),
    "too-large": Words(
        QT_TRANSLATE_NOOP("Errors", "This is larger than can be accepted"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Use smaller pieces, or ask the operator to raise the limit."),
    ),
    "unknown-certificate": Words(
        QT_TRANSLATE_NOOP("Errors", "A node does not prove to belong to this deployment"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was sent to it."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Do not go on. Compare the fingerprint of the deployment with the operator; somebody may stand in between.",
        ),
    ),
    "usage": Words(
        QT_TRANSLATE_NOOP("Errors", "This cannot be done like this"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Correct what is named and try again."),
    ),
    "worker-died": Words(
        QT_TRANSLATE_NOOP("Errors", "The process that computed the job ended"),
        QT_TRANSLATE_NOOP("Errors", "The job goes on from its last checkpoint by itself."),
        QT_TRANSLATE_NOOP("Errors", "There is nothing to do. If it happens again, tell the operators."),
    ),
    "worker-gone": Words(
        QT_TRANSLATE_NOOP("Errors", "A part of this program ended without an answer"),
        QT_TRANSLATE_NOOP("Errors", "What was complete is kept."),
        QT_TRANSLATE_NOOP("Errors", "Try again. If it happens again, close other programs to free memory."),
    ),
    "wrong-password": Words(
        QT_TRANSLATE_NOOP("Errors", "The password is wrong"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP(
            "Errors",
            "Try again. Nobody can reset it: if it is lost, ask for a new invitation and register again.",
        ),
    ),
    "wrong-version": Words(
        QT_TRANSLATE_NOOP("Errors", "The other side speaks another version"),
        QT_TRANSLATE_NOOP("Errors", "Nothing was changed."),
        QT_TRANSLATE_NOOP("Errors", "Bring both sides to the same version; the settings show the versions."),
    ),
}
