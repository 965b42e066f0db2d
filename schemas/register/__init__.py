"""The register of the bodies that do research: found by code, name, former or short name, as of a round."""

from schemas.register.institution import DEGREE_KINDS as DEGREE_KINDS
from schemas.register.institution import KIND_LABELS as KIND_LABELS
from schemas.register.institution import KINDS as KINDS
from schemas.register.institution import Institution as Institution
from schemas.register.register import AS_OF as AS_OF
from schemas.register.register import PREFECTURES as PREFECTURES
from schemas.register.register import ClosedInstitution as ClosedInstitution
from schemas.register.register import Register as Register
from schemas.register.register import UnknownInstitution as UnknownInstitution
from schemas.register.register import load_register as load_register
from schemas.register.register_changes import RegisterChange as RegisterChange
