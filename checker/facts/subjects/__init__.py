"""The subjects that rules judge, one file each."""

from checker.facts.engine import Subject
from checker.facts.subjects.child import CHILD
from checker.facts.subjects.incident import INCIDENT
from checker.facts.subjects.incident_child import INCIDENT_CHILD
from checker.facts.subjects.missing_child import MISSING_CHILD
from checker.facts.subjects.missing_episode import MISSING_EPISODE
from checker.facts.subjects.referral import REFERRAL

SUBJECTS: dict[str, Subject] = {
    subject.name: subject for subject in (INCIDENT, INCIDENT_CHILD, CHILD, REFERRAL, MISSING_CHILD, MISSING_EPISODE)
}
