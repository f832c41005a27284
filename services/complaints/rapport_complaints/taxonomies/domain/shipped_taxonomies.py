"""The taxonomies that are shipped as version 1: causes after S56 and what they do not name; categories of ours, with the
codes of the two open data sets that the importer knows."""

from __future__ import annotations

from collections.abc import Mapping

from rapport_complaints.taxonomies.domain.taxonomy import Entry, Taxonomy


def _tree(lines: str) -> dict[str, Entry]:
    """One code a line: `code | parent | zh | en`."""
    entries = {}
    for line in lines.strip().splitlines():
        code, parent, zh, en = (part.strip() for part in line.split("|"))
        entries[code] = Entry(parent=parent or None, zh=zh, en=en)
    return entries


CAUSES = Taxonomy(
    name="Causes",
    entries=_tree(
        """
        product      |              | 产品本身       | The product itself
        packaging    | product      | 产品包装       | Packaging
        defect       | product      | 瑕疵           | A defect of the single piece
        misuse       |              | 没有按操作说明 | Used otherwise than the instructions say
        service      |              | 服务           | Service
        attitude     | service      | 服务态度       | Attitude of who served
        method       | service      | 服务方式       | The way of serving
        organisation |              | 组织           | Organisation
        process      | organisation | 流程           | A process
        system       | organisation | 系统           | A system
        other        |              | 其他           | Something else
        """
    ),
)

_CATEGORIES = """
    delivery         |              | 配送       | Delivery
    product          |              | 商品       | Product
    payment          |              | 支付与收费 | Payment and charges
    card-payment     | payment      | 刷卡支付   | Card payment
    billing          | payment      | 账单       | Bills
    service          |              | 服务       | Service
    staff-conduct    | service      | 服务态度   | Conduct of staff
    waiting          | service      | 等候时间   | Waiting
    information      | service      | 信息告知   | Information given
    after-sales      |              | 售后       | After sales
    repair           | after-sales  | 维修       | Repair
    privacy          |              | 隐私       | Privacy
    finance          |              | 金融服务   | Financial services
    mortgage         | finance      | 房屋按揭   | Mortgages
    loan             | finance      | 贷款       | Loans
    card             | finance      | 银行卡     | Cards
    account          | finance      | 账户       | Accounts
    money-transfer   | finance      | 汇款       | Money transfers
    credit-reporting | finance      | 征信       | Credit reports
    debt-collection  | finance      | 催收       | Debt collection
    public-space     |              | 公共环境   | Public space
    noise            | public-space | 噪音       | Noise
    parking          | public-space | 停车       | Parking
    streets          | public-space | 道路       | Streets and traffic
    cleanliness      | public-space | 卫生       | Cleanliness
    greenery         | public-space | 绿化       | Trees and parks
    animals          | public-space | 动物       | Animals
    public-order     | public-space | 治安       | Public order
    social-help      | public-space | 社会救助   | Help for people
    commerce         | public-space | 商业经营   | Shops and vendors
    building         |              | 房屋       | Buildings
    heating-water    | building     | 水暖       | Heating and water
    housing-quality  | building     | 房屋质量   | Condition of a building
    unsorted         |              | 未分类     | Not sorted yet
    other            |              | 其他       | Something else
"""

_CITY: Mapping[str, tuple[str, ...]] = {
    "noise": (
        "Noise", "Noise - Residential", "Noise - Street/Sidewalk", "Noise - Commercial", "Noise - Vehicle", "Noise - Park",
    ),
    "parking": ("Illegal Parking", "Blocked Driveway", "Abandoned Vehicle"),
    "streets": ("Street Condition", "Street Light Condition", "Sidewalk Condition", "Traffic"),
    "cleanliness": (
        "Illegal Dumping", "Dirty Condition", "Missed Collection", "Litter Basket Request", "Graffiti",
        "Commercial Disposal Complaint", "UNSANITARY CONDITION", "Rodent",
    ),
    "greenery": (
        "New Tree Request", "Damaged Tree", "Illegal Tree Damage", "Violation of Park Rules", "Maintenance or Facility",
    ),
    "animals": ("Dead Animal", "Animal-Abuse"),
    "public-order": ("Illegal Fireworks", "Non-Emergency Police Matter", "Drinking", "Drug Activity"),
    "social-help": ("Encampment", "Homeless Person Assistance", "Panhandling"),
    "commerce": ("Consumer Complaint", "Food Establishment", "For Hire Vehicle Complaint", "Vendor Enforcement"),
    "heating-water": ("HEAT/HOT WATER", "WATER LEAK", "PLUMBING", "Water System"),
    "housing-quality": ("SAFETY", "PAINT/PLASTER", "ELECTRIC"),
}  # fmt: skip
_REGULATOR: Mapping[str, tuple[str, ...]] = {
    "mortgage": ("Mortgage",),
    "loan": (
        "Consumer Loan", "Student loan", "Payday loan", "Vehicle loan or lease",
        "Payday loan, title loan, or personal loan",
    ),
    "card": ("Credit card", "Prepaid card", "Credit card or prepaid card"),
    "account": ("Bank account or service", "Checking or savings account"),
    "money-transfer": ("Money transfers", "Money transfer, virtual currency, or money service"),
    "credit-reporting": (
        "Credit reporting", "Credit reporting, credit repair services, or other personal consumer reports",
    ),
    "debt-collection": ("Debt collection",),
    "finance": ("Other financial service",),
}  # fmt: skip


def _codes(groups: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {theirs: ours for ours, names in groups.items() for theirs in names}


CATEGORIES = Taxonomy(
    name="Categories",
    entries=_tree(_CATEGORIES),
    sources={"city-requests": _codes(_CITY), "regulator-complaints": _codes(_REGULATOR)},
)
